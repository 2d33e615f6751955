/** The records of a benchmark as a Markdown table. */

function median(numbers) {
  const sorted = numbers.filter((number) => Number.isFinite(number)).toSorted((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const ms = (number) => (number === undefined ? '' : number < 10 ? number.toFixed(1) : String(Math.round(number)));
const times = (number) => (number === undefined ? '' : `${number < 10 ? number.toFixed(2) : number.toFixed(1)}×`);

/** `node` of a record is what `node -e 0` took in the same round; netlab pays it before its first line runs. */
export function table(records) {
  const rows = [
    '| workload | N | tool | up ms | CPU ms | up ÷ floor | up − node ÷ floor | CPU ÷ floor | up ÷ netlab | down ms | down --no-wait ms | kernel done ms |',
    '| --- | --: | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |',
  ];
  for (const key of new Set(records.map(({ kind, n, tool }) => `${kind} ${n} ${tool}`))) {
    const mine = records.filter(({ kind, n, tool }) => `${kind} ${n} ${tool}` === key);
    const [{ kind, n, tool }] = mine;
    const within = (other, ratio) =>
      median(
        mine.map((record) => {
          const base = records.find(
            (candidate) =>
              candidate.kind === kind &&
              candidate.n === n &&
              candidate.round === record.round &&
              candidate.tool === other,
          );
          return base === undefined ? Number.NaN : ratio(record, base);
        }),
      );
    const cells = [
      kind,
      n,
      tool,
      ms(median(mine.map(({ up }) => up.wall))),
      ms(median(mine.map(({ up }) => up.cpu))),
      times(within('floor', (a, b) => a.up.wall / b.up.wall)),
      tool === 'netlab' ? times(within('floor', (a, b) => (a.up.wall - a.node) / b.up.wall)) : '',
      times(within('floor', (a, b) => a.up.cpu / b.up.cpu)),
      tool === 'batch' || tool === 'tuned' ? times(within('netlab', (a, b) => a.up.wall / b.up.wall)) : '',
      ms(median(mine.map(({ down }) => down.wall))),
      tool === 'netlab' ? ms(median(mine.map(({ downNoWait }) => downNoWait.wall))) : '',
      ms(median(mine.map(({ kernelDone }) => kernelDone))),
    ];
    rows.push(`| ${cells.join(' | ')} |`);
  }
  const node = ms(median(records.map((record) => record.node)));
  return `${rows.join('\n')}\n\n\`node -e 0\` took ${node} ms.`;
}
