import { Control } from './control.ts';
import type { ExecTarget } from './exec.ts';
import { Programs, type ProgramStatus, statusOf } from './program.ts';
import type { ProtocolRecord } from './records.ts';

/** What a PID 1 tells of its node. */
export interface Told {
  readonly hostname: string | undefined;
  /** The fields of the record `confine`. */
  readonly confined: readonly string[];
  readonly programs: readonly ProgramStatus[];
}

/**
 * A node's PID 1, which runs the node's programs. `pid` is its number in our pid namespace: what `nsenter -t` and
 * `netlab-init exec -p` take.
 */
export class NodeInit extends Programs {
  readonly #path: string;

  constructor(control: Control, path: string) {
    super(control);
    this.#path = path;
  }

  /** Connects to its socket; undefined when the node has no PID 1 (any more). */
  static connect(ctlPath: string): NodeInit | undefined {
    const control = Control.connect(ctlPath);
    return control === undefined ? undefined : new NodeInit(control, ctlPath);
  }

  /** What the node is called now, how its programs are confined, and these themselves. */
  tell(): Told {
    const lines = this.control.request([['status']]);
    return {
      hostname: lines.find(([word]) => word === 'hostname')?.[1],
      confined: lines.flatMap(([word, ...rest]) => (word === 'confine' ? rest : [])),
      programs: lines.flatMap(statusOf),
    };
  }

  /** Where a command is run that is to be one of this node's programs: in its namespaces, and no less confined than they. */
  get target(): ExecTarget {
    return { pid: this.pid, control: this.#path };
  }

  /** Carries out operations (mounts) in the running node. @throws KeeperError for the first that fails; those after it are not tried. */
  operate(operations: readonly ProtocolRecord[]): void {
    this.control.request(operations);
  }
}
