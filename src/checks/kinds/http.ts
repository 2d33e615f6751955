import { get } from '../../probe/http.ts';
import { fails, holds, type Kind } from '../kind.ts';
import { asked, ms, toward } from '../target.ts';

/** What a report shows of a page. */
const SHOWN = 200;

/** An HTTP request; redirections are not followed. Like `curl URL`. */
export const http: Kind<'http'> = {
  attempt: ({ from, url, to, status, body }, subject, bounds) =>
    asked(subject, to, async (address) => {
      const page = await get(subject.netns(from), url, { address, ...bounds });
      if (!page.ok) return fails(`${toward(to, address)}: ${page.why}`);
      const came = `${url} came with status ${page.status} in ${ms(page.ms)}`;
      if (status === undefined ? page.status >= 400 : page.status !== status)
        return fails(`${came}, expected ${status ?? 'one below 400'}`);
      if (body !== undefined && !page.body.includes(body))
        return fails(`${came}, and its body has no ${JSON.stringify(body)}: ${shown(page.body)}`);
      return holds(came);
    }),
  nodes: ({ from, to }, subject) => [from, ...subject.nodesOf(to)],
};

function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}
