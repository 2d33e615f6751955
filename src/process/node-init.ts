import { Control } from './control.ts';
import { Programs } from './program.ts';

/**
 * A node's PID 1, which runs the node's programs. `pid` is its number in our pid namespace: what `nsenter -t` and
 * `netlab-init exec -p` take.
 */
export class NodeInit extends Programs {
  /** Connects to `nodes/NODE.ctl`; undefined when the node has no PID 1 (any more). */
  static connect(ctlPath: string): NodeInit | undefined {
    const control = Control.connect(ctlPath);
    return control === undefined ? undefined : new NodeInit(control);
  }
}
