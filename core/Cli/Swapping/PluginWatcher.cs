using System.Security.Cryptography;
using Kpio.Cli.Running;
using Kpio.Kernel;
using Kpio.Kernel.Hosting;
using Kpio.Kernel.HotSwap;

namespace Kpio.Cli.Swapping;

/// <summary>
/// Swaps a plugin in when its file has another content: the host tells of changes, and once a second it is looked whether it has forgotten one.
/// Editors write in several steps, so that nothing is done before a file has been left alone for a while.
/// </summary>
internal sealed class PluginWatcher : IDisposable
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly MachineSwaps _swaps;
    private readonly Action<string> _report;
    private readonly AutoResetEvent _changed = new(false);
    private readonly Dictionary<string, WatchedFile> _files = [];
    private readonly Dictionary<string, FileSystemWatcher> _folders = [];
    private volatile bool _isClosed;

    private PluginWatcher(MachineSwaps swaps, Action<string> report)
    {
        _swaps = swaps;
        _report = report;
    }

    /// <summary>Watches the files of the machine's plugins, and of those that come in later.</summary>
    public static PluginWatcher Start(MachineSwaps swaps, Action<string> report)
    {
        var watcher = new PluginWatcher(swaps, report);
        watcher.FindFiles();
        new Thread(watcher.Watch) { IsBackground = true, Name = "watch" }.Start();
        return watcher;
    }

    public void Dispose()
    {
        _isClosed = true;
        _changed.Set();
    }

    private void Watch()
    {
        try
        {
            while (!_isClosed)
            {
                if (_changed.WaitOne(Look))
                {
                    while (!_isClosed && _changed.WaitOne(Quiet))
                    {
                    }
                }

                FindFiles();
                foreach (WatchedFile file in _files.Values.ToArray())
                    Check(file);
            }
        }
        catch (SwapException)
        {
            // The machine has ended.
        }
        catch (Exception e)
        {
            _report($"defect in KPIO: files are watched no more: {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
        }

        foreach (FileSystemWatcher folder in _folders.Values)
            folder.Dispose();
    }

    /// <summary>Looks which files the plugins in force came from.</summary>
    private void FindFiles()
    {
        PluginGeneration[] plugins = _swaps.Ask(static machine => machine.Plugins.ToArray());
        foreach (PluginGeneration plugin in plugins)
        {
            if (plugin.Source is not { Kind: PluginKind.Assembly or PluginKind.Source, Path: { } path } source)
                continue;
            if (!_files.TryGetValue(path, out WatchedFile? file))
            {
                file = new WatchedFile(path);
                lock (_files)
                    _files.Add(path, file);
                WatchFolder(Path.GetDirectoryName(path)!);
                file.Digest = source.Kind == PluginKind.Source ? Digest(source.SourceText.Span) : Read(file) ?? [];
            }

            file.Plugin = plugin.Manifest.Name;
        }

        foreach (WatchedFile file in _files.Values.ToArray())
        {
            if (!Array.Exists(plugins, plugin => plugin.Source.Path == file.Path))
            {
                lock (_files)
                    _files.Remove(file.Path);
            }
        }
    }

    private void WatchFolder(string folder)
    {
        if (_folders.ContainsKey(folder))
            return;
        try
        {
            var watcher = new FileSystemWatcher(folder) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Size };
            _folders.Add(folder, watcher);
            watcher.Changed += OnChange;
            watcher.Created += OnChange;
            watcher.Renamed += OnChange;
            watcher.EnableRaisingEvents = true;
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            _swaps.Log($"the host does not tell of changes in {folder}: it is looked at once a second");
        }
    }

    private void OnChange(object sender, FileSystemEventArgs change)
    {
        lock (_files)
        {
            if (!_files.ContainsKey(change.FullPath))
                return;
        }

        _changed.Set();
    }

    private void Check(WatchedFile file)
    {
        FileInfo status = Target(file.Path);
        if (!status.Exists || (status.LastWriteTimeUtc, status.Length) == file.Status)
            return;
        if (DateTime.UtcNow - status.LastWriteTimeUtc is var age && age >= TimeSpan.Zero && age < Quiet)
        {
            // Found by looking, and still being written.
            _changed.Set();
            return;
        }

        if (Read(file) is not { } digest)
            return;
        file.Status = (status.LastWriteTimeUtc, status.Length);
        if (digest.AsSpan().SequenceEqual(file.Digest))
            return;
        file.Digest = digest;
        Replace(file);
    }

    /// <summary>The file itself, where the name is a link to it.</summary>
    private static FileInfo Target(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo ?? new FileInfo(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new FileInfo(path);
        }
    }

    private void Replace(WatchedFile file)
    {
        PluginSwap swap;
        try
        {
            swap = _swaps.Resolve(new SwapWish(file.Plugin, file.Path), _report);
        }
        catch (UsageException e)
        {
            _report($"{e.Message}; plugin '{file.Plugin}' stays as it is");
            return;
        }

        try
        {
            _swaps.Swap([swap]);
        }
        catch (SwapException e) when (!_isClosed)
        {
            _report($"{file.Path} is not swapped in: {e.Message}; plugin '{file.Plugin}' stays as it is");

            // The host was busy, and the plugin may be good: it is tried again at the next look.
            if (e.Step == SwapStep.Quiesce)
                (file.Digest, file.Status) = ([], default);
        }
    }

    /// <summary>The digest of what the file holds now; null when it cannot be read at the moment.</summary>
    private static byte[]? Read(WatchedFile file)
    {
        try
        {
            return Digest(File.ReadAllBytes(file.Path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Between two steps of an editor there may be no file; the last step is told of again.
            return null;
        }
    }

    private static byte[] Digest(ReadOnlySpan<byte> content) => SHA256.HashData(content);

    /// <summary>A file that a plugin came from.</summary>
    private sealed class WatchedFile(string path)
    {
        public string Path { get; } = path;

        /// <summary>The plugin.</summary>
        public string Plugin { get; set; } = "";

        /// <summary>Of the content that is in force, or that was tried last.</summary>
        public byte[] Digest { get; set; } = [];

        /// <summary>When that was looked at: the file's time and length.</summary>
        public (DateTime Time, long Length) Status { get; set; }
    }
}
