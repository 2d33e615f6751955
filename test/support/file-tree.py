# Tells of a folder, one line for each thing in it, all that makes it what it is: the oracle for what has been unpacked. Arguments: the
# folder, and words: `mtime` looks at times too, `unmounted` passes over what is mounted in it.
import hashlib, os, stat, sys

root, words = os.fsencode(sys.argv[1]), sys.argv[2:]
links, lines = {}, []
KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "symlink", stat.S_IFIFO: "fifo", stat.S_IFCHR: "character", stat.S_IFBLK: "block", stat.S_IFSOCK: "socket"}


def attributes(path):
    try:
        names = os.listxattr(path, follow_symlinks=False)
    except OSError:
        return ""
    return ",".join(f"{name}={os.getxattr(path, name, follow_symlinks=False).hex()}" for name in sorted(names))


def tell(path, name):
    at = os.lstat(path)
    kind = KINDS[stat.S_IFMT(at.st_mode)]
    more = []
    if kind == "file":
        with open(path, "rb") as file:
            more = [str(at.st_size), hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else hashlib.sha256(file.read()).hexdigest()]
    if kind == "symlink":
        more = [repr(os.readlink(path))]
    if kind in ("character", "block"):
        more = [f"{os.major(at.st_rdev)}:{os.minor(at.st_rdev)}"]
    if kind != "folder":
        # Who shares an inode is known by the first of its names.
        more.append("same as " + repr(links.setdefault((at.st_dev, at.st_ino), name)))
    if "mtime" in words:
        more.append(str(at.st_mtime_ns))
    lines.append(" ".join([repr(name), kind, oct(at.st_mode & 0o7777), f"{at.st_uid}:{at.st_gid}", attributes(path), *more]))


def walk(path, name):
    at = os.lstat(path)
    if "unmounted" in words and stat.S_ISDIR(at.st_mode) and at.st_dev != device:
        return
    tell(path, name)
    if stat.S_ISDIR(at.st_mode):
        for child in sorted(os.listdir(path)):
            walk(os.path.join(path, child), name + b"/" + child)


device = os.lstat(root).st_dev
walk(root, b"")
print("\n".join(lines))
