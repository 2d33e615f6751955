import { cut } from '../../model/text.ts';
import { get } from '../../probe/http.ts';
import { fails, holds, type Kind } from '../kind.ts';
import { asked, bothEnds, ms, toward } from '../target.ts';

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
        return fails(`${came}, and its body has no ${JSON.stringify(body)}: ${JSON.stringify(cut(page.body, SHOWN))}`);
      return holds(came);
    }),
  nodes: bothEnds,
};
