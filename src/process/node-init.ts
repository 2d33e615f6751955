import { Control } from './control.ts';
import { Programs, type ProgramStatus, statusOf } from './program.ts';
import type { ProtocolRecord } from './records.ts';

/**
 * A node's PID 1, which runs the node's programs. `pid` is its number in our pid namespace: what `nsenter -t` and
 * `netlab-init exec -p` take.
 */
export class NodeInit extends Programs {
  /** Connects to its socket; undefined when the node has no PID 1 (any more). */
  static connect(ctlPath: string): NodeInit | undefined {
    const control = Control.connect(ctlPath);
    return control === undefined ? undefined : new NodeInit(control);
  }

  /** What the node is called now, and its programs. */
  tell(): { readonly hostname: string | undefined; readonly programs: ProgramStatus[] } {
    const lines = this.control.request([['status']]);
    return { hostname: lines.find(([word]) => word === 'hostname')?.[1], programs: lines.flatMap(statusOf) };
  }

  /** Carries out operations (mounts) in the running node. @throws KeeperError for the first that fails; those after it are not tried. */
  operate(operations: readonly ProtocolRecord[]): void {
    this.control.request(operations);
  }
}
