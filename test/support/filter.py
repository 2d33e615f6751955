"""Prints the filters of system calls of a process, each a line of hexadecimal digits, the last installed first. Like `seccomp-tools dump`."""
import ctypes
import errno
import os
import sys

SEIZE, INTERRUPT, GET_FILTER, DETACH, WALL = 0x4206, 0x4207, 0x420C, 17, 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long
pid = int(sys.argv[1])


def ptrace(request, address=None, data=None):
    value = libc.ptrace(request, pid, address, data)
    if value < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return value


ptrace(SEIZE)
ptrace(INTERRUPT)
os.waitpid(pid, WALL)
index = 0
while True:
    try:
        length = ptrace(GET_FILTER, index)
    except OSError as failure:
        if failure.errno == errno.ENOENT:
            break
        raise
    text = ctypes.create_string_buffer(length * 8)
    ptrace(GET_FILTER, index, ctypes.cast(text, ctypes.c_void_p))
    print(text.raw.hex())
    index += 1
ptrace(DETACH)
