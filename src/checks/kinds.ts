/** The kinds of check by their names. */
import type { ClaimKind } from '../model/check.ts';
import type { Kind } from './kind.ts';
import { exec } from './kinds/exec.ts';
import { http } from './kinds/http.ts';
import { path } from './kinds/path.ts';
import { ping } from './kinds/ping.ts';
import { reach } from './kinds/reach.ts';
import { route } from './kinds/route.ts';
import { rtt } from './kinds/rtt.ts';
import { tcp } from './kinds/tcp.ts';

export const KINDS: { readonly [K in ClaimKind]: Kind<K> } = { ping, tcp, http, exec, route, reach, path, rtt };
