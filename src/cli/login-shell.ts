/**
 * Decided inside the node, whose file system may be another one. Accounts that nobody logs in to have a "shell" that
 * only says no.
 */
const SCRIPT = [
  'for shell in "$SHELL" /bin/bash /bin/sh; do',
  '  case $shell in */nologin|*/false) continue;; esac',
  '  [ -x "$shell" ] && exec "$shell" -l',
  'done',
  'echo "netlab: this node has no shell" >&2; exit 127',
].join('\n');

/** The command that becomes a person's shell in a node. */
export const LOGIN_SHELL: readonly string[] = ['/bin/sh', '-c', SCRIPT];
