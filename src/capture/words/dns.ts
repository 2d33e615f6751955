import { viewOf } from '../../model/transport.ts';
import { decodeAnswer, decodeQuestion, type DnsRecord } from '../../probe/dns-message.ts';

const HEADER = 12;
/** So many records are told of one answer. */
const MOST = 10;
/** What is asked for, where it is not just an answer. RFC 1035, 1996, 2136 */
const OPCODES: Readonly<Record<number, string>> = { 1: 'inv_q', 2: 'stat', 4: 'notify', 5: 'update' };
const FLAG = {
  AUTHORITATIVE: 0x0400,
  CUT: 0x0200,
  RECURSION: 0x0100,
  RECURSES: 0x0080,
  AUTHENTIC: 0x0020,
  UNCHECKED: 0x0010,
};

/** `4711+ A? www.example. (29)`, and the answer `4711 1/0/0 A 10.0.0.1 (45)`; undefined for what is none. `length`: bytes that it had. */
export function dnsWords(data: Uint8Array, length: number): string | undefined {
  const question = decodeQuestion(data);
  if (question === undefined || data.length < HEADER) return undefined;
  const { id, isAnswer, name, type } = question;
  const view = viewOf(data);
  const flags = view.getUint16(2);
  const mark = (flag: number, sign: string): string => ((flags & flag) === 0 ? '' : sign);
  const opcode = (flags >> 11) & 15;
  const kind = opcode === 0 ? '' : ` ${OPCODES[opcode] ?? `op${opcode}`}`;
  if (!isAnswer) {
    const more = view.getUint16(10);
    return `${id}${kind}${mark(FLAG.RECURSION, '+')}${mark(FLAG.UNCHECKED, '%')}${more === 0 ? '' : ` [${more}au]`} ${type}? ${name} (${length})`;
  }
  const answer = decodeAnswer(data);
  const code = answer === undefined || answer.rcode === 'NOERROR' ? '' : ` ${answer.rcode}`;
  const marks = [
    mark(FLAG.AUTHORITATIVE, '*'),
    (flags & FLAG.RECURSES) === 0 ? '-' : '',
    mark(FLAG.CUT, '|'),
    mark(FLAG.AUTHENTIC, '$'),
  ].join('');
  const counts = [6, 8, 10].map((at) => view.getUint16(at)).join('/');
  const answers = answer?.answers ?? [];
  const records = [...answers.slice(0, MOST).map(recordWords), ...(answers.length > MOST ? ['…'] : [])].join(', ');
  return `${id}${kind}${code}${marks} ${counts}${records === '' ? '' : ` ${records}`} (${length})`;
}

/** Names end with a dot, as in the question; the numbers of MX and SRV stand behind them. */
function recordWords({ type, data }: DnsRecord): string {
  switch (type) {
    case 'NS':
    case 'CNAME':
    case 'PTR':
      return `${type} ${data}.`;
    case 'MX': {
      const [preference, name] = data.split(' ');
      return `MX ${name}. ${preference}`;
    }
    case 'SRV': {
      const [priority, weight, port, name] = data.split(' ');
      return `SRV ${name}.:${port} ${priority} ${weight}`;
    }
    case 'TXT':
      return `TXT "${data}"`;
    case 'SOA':
      return 'SOA';
    default:
      return `${type} ${data}`;
  }
}
