"""Drives a command on a pseudo-terminal by a script of steps, one JSON value a line on standard input.

  ["size", ROWS, COLUMNS]   resizes the terminal
  ["type", TEXT]            types
  ["until", TEXT]           waits until TEXT has been printed after what the last `until` found
  ["signal", NUMBER]        sends a signal to the command
  ["echo"]                  prints whether the terminal echoes, as it does unless it is raw

Then waits for the end. Prints one JSON object: {"code": exit code or -signal, "text": everything printed, "echo": [..]}.
"""

import fcntl, json, os, pty, select, signal, struct, sys, termios, time

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
text, at, echo = "", 0, []


def read(limit):
    global text
    ready, _, _ = select.select([terminal], [], [], limit)
    if not ready:
        return limit < 1
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        return False
    text += piece.decode(errors="replace").replace("\r", "")
    return bool(piece)


for line in sys.stdin:
    verb, *arguments = json.loads(line)
    if verb == "size":
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *arguments, 0, 0))
    elif verb == "type":
        os.write(terminal, arguments[0].encode())
    elif verb == "signal":
        os.kill(pid, arguments[0])
    elif verb == "echo":
        echo.append(bool(termios.tcgetattr(terminal)[3] & termios.ECHO))
    elif verb == "until":
        end = time.monotonic() + 10
        while arguments[0] not in text[at:]:
            if time.monotonic() > end or not read(0.1):
                sys.exit(f"{arguments[0]!r} was not printed: {text[at:]!r}, after: {text[:at]!r}")
        at = text.index(arguments[0], at) + len(arguments[0])
while read(10):
    pass
if select.select([terminal], [], [], 0) == ([], [], []):
    os.kill(pid, signal.SIGKILL)  # ten seconds of silence: it will not end by itself
_, status = os.waitpid(pid, 0)
echo.append(bool(termios.tcgetattr(terminal)[3] & termios.ECHO))
print(json.dumps({"code": os.waitstatus_to_exitcode(status), "text": text, "echo": echo}))
