// Threads, channels, locks, scoped threads, panics in threads, child processes, files: what Rust's library asks of the kernel.
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{symlink, FileExt, MetadataExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{mpsc, Arc, Barrier, Condvar, Mutex, Once, RwLock};
use std::thread;
use std::time::{Duration, Instant};

struct Named(&'static str);
impl Drop for Named {
    fn drop(&mut self) {
        println!("dropped {}", self.0);
    }
}
thread_local!(static LOCAL: Named = const { Named("a thread's value") });

fn threads() {
    let counter = Arc::new(Mutex::new(0u64));
    let barrier = Arc::new(Barrier::new(4));
    let handles: Vec<_> = (0..4u64)
        .map(|n| {
            let (counter, barrier) = (counter.clone(), barrier.clone());
            thread::spawn(move || {
                barrier.wait();
                for _ in 0..250 {
                    *counter.lock().unwrap() += n;
                }
                n * n
            })
        })
        .collect();
    let results: Vec<_> = handles.into_iter().map(|h| h.join().unwrap()).collect();
    println!("{} {:?}", counter.lock().unwrap(), results);

    let mut numbers: Vec<u32> = (0..4000).map(|n| n * 7919 % 4001).collect();
    let total = AtomicUsize::new(0);
    thread::scope(|scope| {
        for part in numbers.chunks_mut(1000) {
            let total = &total;
            scope.spawn(move || {
                part.sort_unstable();
                total.fetch_add(part.len(), Ordering::SeqCst);
            });
        }
    });
    numbers.sort();
    println!("{} {} {}", total.load(Ordering::SeqCst), numbers[0], numbers[3999]);

    let failed = thread::Builder::new().name("worker".into()).spawn(|| -> i32 { panic!("on purpose") }).unwrap().join();
    println!("{:?}", failed.unwrap_err().downcast_ref::<&str>());
    let caught = std::panic::catch_unwind(|| {
        let _guard = Named("a guard");
        let empty: Vec<i32> = Vec::new();
        empty[3]
    });
    println!("caught {}", caught.is_err());
    thread::spawn(|| LOCAL.with(|n| println!("in it: {}", n.0))).join().unwrap();

    let pair = Arc::new((Mutex::new(false), Condvar::new()));
    let other = pair.clone();
    let waiter = thread::spawn(move || {
        let mut ready = other.0.lock().unwrap();
        while !*ready {
            ready = other.1.wait(ready).unwrap();
        }
        "woken"
    });
    *pair.0.lock().unwrap() = true;
    pair.1.notify_all();
    println!("{}", waiter.join().unwrap());
    let (guard, timeout) = pair.1.wait_timeout(pair.0.lock().unwrap(), Duration::from_millis(5)).unwrap();
    println!("{} {}", *guard, timeout.timed_out());

    static ONCE: Once = Once::new();
    let lock = RwLock::new(BTreeMap::new());
    thread::scope(|scope| {
        for n in 0..3 {
            let lock = &lock;
            scope.spawn(move || {
                ONCE.call_once(|| println!("once"));
                lock.write().unwrap().insert(n, n * 10);
            });
        }
    });
    println!("{:?}", lock.read().unwrap());
    let parked = thread::spawn(|| {
        thread::park();
        thread::park_timeout(Duration::from_millis(1));
    });
    parked.thread().unpark();
    parked.join().unwrap();
}

fn channels() {
    let (sender, receiver) = mpsc::channel();
    for n in 0..3 {
        let sender = sender.clone();
        thread::spawn(move || (0..100).for_each(|i| sender.send(n * 100 + i).unwrap()));
    }
    drop(sender);
    let mut got: Vec<i32> = receiver.iter().collect();
    got.sort();
    println!("{} {} {}", got.len(), got[0], got[299]);

    let (sender, receiver) = mpsc::sync_channel(2);
    let producer = thread::spawn(move || (0..50).map(|n| sender.send(n)).filter(|r| r.is_ok()).count());
    println!("{:?} {:?}", receiver.recv(), receiver.recv_timeout(Duration::from_secs(5)));
    println!("{}", receiver.iter().take(10).sum::<i32>());
    drop(receiver);
    println!("{}", producer.join().unwrap() >= 12);
    let (_sender, receiver) = mpsc::channel::<()>();
    let started = Instant::now();
    println!("{:?} {}", receiver.recv_timeout(Duration::from_millis(10)), started.elapsed() >= Duration::from_millis(10));
}

fn processes() -> io::Result<()> {
    let output = Command::new("sh").args(["-c", "echo out; echo err >&2; exit 7"]).env("X", "1").output()?;
    println!("{:?}", output);
    let mut child = Command::new("sort").arg("-n").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    child.stdin.take().unwrap().write_all(b"10\n9\n8\n")?;
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text)?;
    println!("{:?} {}", text, child.wait()?);
    let mut child = Command::new("sleep").arg("100").spawn()?;
    println!("{:?}", child.try_wait()?);
    child.kill()?;
    println!("{:?}", child.wait()?.signal());
    println!("{:?}", Command::new("/nowhere/nothing").spawn().map_err(|e| e.kind()).err());
    let pwd = Command::new("pwd").current_dir("/").env_clear().output()?;
    println!("{:?}", String::from_utf8_lossy(&pwd.stdout));
    println!("{}", Command::new("true").status()?.success());
    Ok(())
}

fn files() -> io::Result<()> {
    fs::create_dir_all("a/b")?;
    let mut writer = BufWriter::new(File::create("a/b/lines")?);
    for n in 0..1000 {
        writeln!(writer, "line {n}")?;
    }
    writer.into_inner()?.sync_all()?;
    println!("{} {}", BufReader::new(File::open("a/b/lines")?).lines().count(), fs::metadata("a/b/lines")?.len());
    let mut file = OpenOptions::new().read(true).write(true).append(false).open("a/b/lines")?;
    file.seek(SeekFrom::End(-9))?;
    let mut tail = String::new();
    file.read_to_string(&mut tail)?;
    file.write_at(b"LINE", 0)?;
    let mut start = [0; 6];
    file.read_exact_at(&mut start, 0)?;
    file.set_len(70)?;
    println!("{tail:?} {:?} {}", std::str::from_utf8(&start), file.metadata()?.len());
    symlink("b", "a/link")?;
    fs::hard_link("a/b/lines", "a/hard")?;
    fs::rename("a/hard", "a/renamed")?;
    fs::set_permissions("a/renamed", fs::Permissions::from_mode(0o600))?;
    fs::copy("a/renamed", "a/copy")?;
    let info = fs::metadata("a/link/lines")?;
    println!("{:o} {} {:?}", info.mode(), info.nlink(), fs::read_link("a/link")?);
    let mut names: Vec<_> = fs::read_dir("a")?.map(|e| e.map(|e| (e.file_name(), e.file_type().unwrap().is_dir()))).collect::<Result<_, _>>()?;
    names.sort();
    println!("{names:?}");
    println!("{:?} {:?}", fs::remove_dir("a").map_err(|e| e.raw_os_error()), File::open("a/none").map_err(|e| e.kind()).err());
    println!("{}", fs::canonicalize("a/link/lines")?.ends_with("a/b/lines"));
    fs::remove_file("a/link")?;
    Ok(())
}

fn main() {
    threads();
    channels();
    processes().unwrap();
    files().unwrap();
    let lines: Vec<String> = io::stdin().lock().lines().map(|l| l.unwrap()).collect();
    println!("{lines:?} {:?}", std::env::args().skip(1).collect::<Vec<_>>());
    std::process::exit(11);
}
