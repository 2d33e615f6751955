/**
 * A program of its own, run by `doctor` as root of a new user namespace: prints what an ordinary user's labs are offered there, as
 * JSON. Its words are the link types that the lab in question needs.
 */
import type { LinkType } from '../model/resource.ts';
import { offers } from './offers.ts';

console.log(JSON.stringify(offers(new Set(process.argv.slice(2) as LinkType[]))));
