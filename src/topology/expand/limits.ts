/** `limits` of a node or a process → bounds in the kernel's measures. */
import { type IoLimit, type Limits, numberList } from '../../model/limits.ts';
import { items } from '../document.ts';
import type { LimitsDocument, SizeDocument } from '../limits-document.ts';
import { bytes, PAGE } from '../values.ts';

/** The bounds; undefined when there are none. */
export function limitsOf(document: LimitsDocument | undefined): Limits | undefined {
  if (document === undefined) return undefined;
  const { memory, memory_high: memoryHigh, swap, pids, cpu, cpu_weight: cpuWeight, cpuset } = document;
  const io = items(document.io).map(([, { device, ...most }]): IoLimit => {
    return defined({
      device,
      readBps: size(most.read_bps),
      writeBps: size(most.write_bps),
      readIops: most.read_iops,
      writeIops: most.write_iops,
    });
  });
  const limits: Limits = defined({
    memory: pages(memory),
    memoryHigh: pages(memoryHigh),
    swap: pages(swap),
    pids,
    // As many microseconds of each tenth of a second.
    cpu: cpu === undefined ? undefined : Math.round(cpu * 100_000) / 100_000,
    cpuWeight,
    cpus: cpuset?.cpus === undefined ? undefined : numberList(String(cpuset.cpus)),
    mems: cpuset?.mems === undefined ? undefined : numberList(String(cpuset.mems)),
    io: io.length === 0 ? undefined : io.toSorted((a, b) => (a.device < b.device ? -1 : 1)),
  });
  return Object.keys(limits).length === 0 ? undefined : limits;
}

function size(text: SizeDocument | undefined): number | undefined {
  return text === undefined ? undefined : bytes(text);
}

function pages(text: SizeDocument | undefined): number | undefined {
  const number = size(text);
  return number === undefined ? undefined : number - (number % PAGE);
}

/** Without the properties that have no value. */
function defined<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
