/** Chunks of text → whole lines without their newline; the last one need not have had one. */
export async function* lines(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let begun = '';
  for await (const chunk of chunks) {
    const parts = (begun + chunk).split('\n');
    begun = parts.pop() ?? '';
    yield* parts;
  }
  if (begun !== '') yield begun;
}
