# Python's own machinery and what of it leans on the kernel: threads, processes, pipes, files, signals, timers.
import bisect, collections, hashlib, heapq, json, mmap, os, re, select, signal, sqlite3, struct, subprocess, sys, tempfile, threading, time, zlib
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal, getcontext
from fractions import Fraction


def title(text):
    print("==", text, flush=True)


title("json")
document = {"name": "kpio", "list": [1, 2.5, None, True, "ä\u20ac\U0001f600"], "nested": {"deep": [[[]]], "float": 1e-300}}
text = json.dumps(document, sort_keys=True, indent=1)
print(text, json.loads(text) == document)
try:
    json.loads('{"a": [1, 2,, 3]}')
except json.JSONDecodeError as error:
    print(error)

title("re")
print(re.sub(r"(?P<first>\w+)\s+(?P<second>\w+)", r"\g<second> \g<first>", "hello world, good day"))
print(re.findall(r"(?<=\$)\d+(?:\.\d\d)?", "$5 $6.25 $7.1"), re.split(r"[,;]\s*", "a, b;c,d"))
print(re.fullmatch(r"(?i)([a-z]+)\1", "abcABC").span(), bool(re.search(r"^\d{3}$", "12a", re.M)))

title("numbers")
getcontext().prec = 60
print(Decimal(2).sqrt(), Fraction(1, 3) + Fraction(1, 6), 3 ** 200 % 10 ** 30, (2 ** 521 - 1).bit_length())
print(0.1 + 0.2, 1e308 * 10, float("nan"), round(2.675, 2), format(1 / 3, ".25f"), struct.pack("<dfqI", 1.5, 2.5, -3, 4).hex())

title("hashes and compression")
data = b"The quick brown fox jumps over the lazy dog. " * 200
for name in ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b"):
    print(name, hashlib.new(name, data).hexdigest()[:40])
packed = zlib.compress(data, 9)
print(len(packed), zlib.crc32(data), zlib.decompress(packed) == data)

title("collections")
words = collections.Counter("the cat and the hat and the dog".split())
print(words.most_common(2), heapq.nsmallest(3, [5, 1, 4, 2]), bisect.bisect_left([1, 3, 5], 4))
print(sorted({"b": 1, "a": 2}.items()), [*collections.deque(range(5), maxlen=3)], {1, 2} | {2, 3})

title("generators and exceptions")


def countdown(n):
    try:
        while n:
            yield n
            n -= 1
    finally:
        print("closed at", n)


print([x for x in countdown(3)])
g = countdown(5)
next(g)
g.close()
try:
    try:
        1 // 0
    except ZeroDivisionError as error:
        raise ValueError("outer") from error
except ValueError as error:
    print(repr(error), repr(error.__cause__))


def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)


print(deep(900))
try:
    deep(100000)
except RecursionError as error:
    print(error)

title("threads")
lock, total, barrier = threading.Lock(), [0], threading.Barrier(4)


def add():
    barrier.wait()
    for _ in range(500):
        with lock:
            total[0] += 1


threads = [threading.Thread(target=add) for _ in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(total[0])
with ThreadPoolExecutor(max_workers=3) as pool:
    print(list(pool.map(lambda n: n * n, range(8))))
local = threading.local()
local.value = 1
event, seen = threading.Event(), []
t = threading.Thread(target=lambda: (event.wait(), seen.append(hasattr(local, "value"))))
t.start()
event.set()
t.join()
print(seen, threading.Event().wait(0.01), lock.acquire(timeout=0.01))
lock.release()

title("processes")
print(subprocess.run(["/bin/sh", "-c", "read line; echo got $line; echo bad >&2; exit 7"], input="text\n", capture_output=True, text=True))
print(subprocess.check_output("printf '3\\n1\\n2\\n' | sort | tr '\\n' ' '", shell=True))
child = subprocess.Popen(["/bin/sleep", "100"])
child.terminate()
print(child.wait())
try:
    subprocess.run(["/bin/sleep", "100"], timeout=0.05)
except subprocess.TimeoutExpired as error:
    print("timeout", error.cmd)
try:
    subprocess.run(["/nowhere/nothing"])
except FileNotFoundError as error:
    print(error)
read_end, write_end = os.pipe()
pid = os.fork()
if pid == 0:
    os.close(read_end)
    os.write(write_end, b"from the child")
    os._exit(5)
os.close(write_end)
print(os.read(read_end, 100), os.read(read_end, 100), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
pid = os.posix_spawn("/bin/echo", ["echo", "spawned"], os.environ)
print(os.waitpid(pid, 0)[1])

title("signals and timers")
caught = []
signal.signal(signal.SIGALRM, lambda number, frame: caught.append(number))
signal.setitimer(signal.ITIMER_REAL, 0.01)
started = time.monotonic()
time.sleep(0.1)
print(caught, time.monotonic() - started >= 0.1)
signal.signal(signal.SIGUSR1, lambda number, frame: (_ for _ in ()).throw(KeyError("from a handler")))
try:
    os.kill(os.getpid(), signal.SIGUSR1)
    time.sleep(1)
except KeyError as error:
    print(repr(error))

title("files")
with open("lines.txt", "w", encoding="utf-8") as f:
    f.writelines(f"line {i} ä\n" for i in range(1000))
with open("lines.txt", encoding="utf-8") as f:
    print(sum(len(line) for line in f), os.path.getsize("lines.txt"))
with open("lines.txt", "r+b") as f, mmap.mmap(f.fileno(), 0) as view:
    view[0:4] = b"LINE"
    print(view.find(b"line 999"), view[0:6])
os.makedirs("a/b/c")
os.symlink("a/b", "short")
os.rename("lines.txt", "short/c/renamed.txt")
print([(root, sorted(folders), files) for root, folders, files in sorted(os.walk("."))])
print(os.stat("a/b/c/renamed.txt").st_size, os.readlink("short"), os.path.realpath("short/c") == os.path.abspath("a/b/c"))
with tempfile.TemporaryDirectory(dir=".") as folder:
    path = os.path.join(folder, "f")
    open(path, "x").close()
    os.chmod(path, 0o640)
    os.utime(path, (1, 2))
    info = os.stat(path)
    print(oct(info.st_mode), info.st_atime, info.st_mtime, os.access(path, os.R_OK))
try:
    os.rmdir("a")
except OSError as error:
    print(error)

title("polling")
a, b = os.pipe()
print(select.select([a], [], [], 0), select.poll() is not None)
os.write(b, b"x")
poller = select.epoll()
poller.register(a, select.EPOLLIN)
print(len(poller.poll(1)), select.select([a], [b], [], 1) == ([a], [b], []))

title("sqlite3")
base = sqlite3.connect("python.db")
base.execute("create table t(n integer primary key, square integer)")
with base:
    base.executemany("insert into t values (?, ?)", ((i, i * i) for i in range(2000)))
print(base.execute("select count(*), sum(square), max(n) from t where square % 3 = 1").fetchone())
base.close()

title("the end")
print(sys.version_info[:2], sys.byteorder, sys.maxsize, sys.platform, os.uname().sysname)
sys.stdout.flush()
raise SystemExit(9)
