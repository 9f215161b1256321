using System.Text;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Process;

/// <summary>
/// execve(2). The new program is laid out in an address space of its own first: until that has succeeded the old one is untouched,
/// and afterwards nothing can fail any more.
/// </summary>
internal sealed class ProgramStarter
{
    /// <summary>How often an interpreter may be a script itself (execve(2), "Interpreter scripts").</summary>
    private const int MaximumScripts = 5;
    private const uint ExecutePermission = 1;
    private const uint SetUserId = 0x800; // 04000
    private const uint SetGroupId = 0x400; // 02000
    private const uint GroupExecute = 0x8; // 00010

    private readonly ProcessServices _services;

    private readonly TaskEnder _ender;
    private readonly Tracing _tracing;

    public ProgramStarter(ProcessServices services, TaskEnder ender, Tracing tracing)
    {
        _tracing = tracing;
        _services = services;
        _ender = ender;
    }

    public Errno Exec(GuestTask task, ExecRequest request)
    {
        byte[] name = NameOf(request);
        IReadOnlyList<byte[]> arguments = request.Arguments.Count > 0 ? request.Arguments : [[]]; // Since Linux 5.18 no program is without argv[0].
        if (!OpenProgram(task, request, name, ref arguments, out ProgramKind? kind).TryGet(out FileId file, out Errno error))
            return error;
        FileId interpreter = default;
        if (kind!.Interpreter is { } linker && !OpenExecutable(new PathStart(task), linker, WalkFlags.None).TryGet(out interpreter, out error))
        {
            Release(file);
            return error;
        }

        error = Replace(task, file, interpreter, name, request.Path.Length == 0, arguments, request.Environment);
        Release(file);
        Release(interpreter);
        return error;
    }

    /// <summary>The name that the program is known by: what has no path from the working directory goes by its descriptor.</summary>
    private static byte[] NameOf(ExecRequest request)
    {
        if (request.Directory.IsNone || (request.Path.Length > 0 && request.Path[0] == (byte)'/'))
            return request.Path;
        byte[] descriptor = Encoding.ASCII.GetBytes($"/dev/fd/{request.DirectoryDescriptor}");
        return request.Path.Length == 0 ? descriptor : [.. descriptor, (byte)'/', .. request.Path];
    }

    /// <summary>Opens the program, following <c>#!</c> lines and rewriting the arguments as they say.</summary>
    private Result<FileId> OpenProgram(GuestTask task, ExecRequest request, byte[] name, ref IReadOnlyList<byte[]> arguments, out ProgramKind? kind)
    {
        kind = null;
        var start = new PathStart(task, request.Directory);
        WalkFlags flags = request.Flags;
        byte[] path = request.Path;
        for (int depth = 0; ; depth++)
        {
            if (!OpenExecutable(start, path, flags).TryGet(out FileId file, out Errno error))
                return error;
            if (!_services.Loader.Current.Inspect(file).TryGet(out kind, out error))
            {
                Release(file);
                return error;
            }

            if (!kind.IsScript)
                return file;
            Release(file);
            if (depth == MaximumScripts)
                return Errno.ELOOP;
            if (depth == 0 && request.ClosesDirectory && !ReferenceEquals(name, path))
                return Errno.ENOENT; // the interpreter could not open it
            var rewritten = new List<byte[]> { kind.Interpreter! };
            if (kind.InterpreterArgument is { } argument)
                rewritten.Add(argument);
            rewritten.Add(depth == 0 ? name : path);
            for (int i = 1; i < arguments.Count; i++)
                rewritten.Add(arguments[i]);
            arguments = rewritten;
            path = kind.Interpreter!;
            start = new PathStart(task);
            flags = WalkFlags.None;
        }
    }

    private Result<FileId> OpenExecutable(PathStart start, byte[] path, WalkFlags flags)
    {
        if (!_services.Vfs.Current.Stat(start, path, flags).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        if (attributes.Kind == FileKind.SymbolicLink)
            return Errno.ELOOP;
        if (attributes.Kind != FileKind.Regular)
            return Errno.EACCES;
        error = _services.Mounts.Current.CheckAccess(start, path, ExecutePermission, flags);
        if (error != Errno.None)
            return error;
        Result<FileId> opened = path.Length > 0 ? _services.Vfs.Current.Open(start, path, OpenFlags.O_RDONLY, 0) : Reopen(start, in attributes);
        if (!opened.TryGet(out FileId file, out error) || file == start.Directory)
            return opened;
        error = _services.Leases.IsBound ? _services.Leases.Current.DenyWriters(file) : Errno.None; // a file system may do without
        if (error == Errno.None)
            return file;
        Release(file);
        return error;
    }

    /// <summary>A program that is named by an open file: opened again for reading where it still has its name, else as it is open.</summary>
    private Result<FileId> Reopen(PathStart start, in NodeAttributes attributes)
    {
        if (_services.Mounts.Current.GetPath(start.Task, start.Directory).TryGet(out byte[]? path, out _)
            && _services.Vfs.Current.Open(new PathStart(start.Task), path, OpenFlags.O_RDONLY, 0).TryGet(out FileId file, out _))
        {
            if (_services.Files.Current.Stat(file).TryGet(out NodeAttributes found, out _) && found.Device == attributes.Device && found.Inode == attributes.Inode)
                return file;
            Release(file);
        }

        _services.Files.Current.AddReference(start.Directory);
        return start.Directory;
    }

    private Errno Replace(
        GuestTask task, FileId file, FileId interpreter, byte[] name, bool isOpenFile, IReadOnlyList<byte[]> arguments, IReadOnlyList<byte[]> environment)
    {
        if (!_services.Files.Current.Stat(file).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        if (!_services.Spaces.Current.Create().TryGet(out AddressSpaceId space, out error))
            return error;

        // The auxiliary vector tells the ids that the program will have.
        Credentials before = task.Credentials;
        task.Credentials = CredentialsAfter(before, in attributes);
        var request = new LoadRequest(task, space, file, interpreter, name, arguments, environment);
        if (!_services.Loader.Current.Load(in request).TryGet(out ProgramStart start, out error))
        {
            task.Credentials = before;
            _services.Spaces.Current.Destroy(space);
            return error;
        }

        Commit(task, space, file, name, isOpenFile, in start);
        return Errno.None;
    }

    private void Commit(GuestTask task, AddressSpaceId space, FileId file, byte[] name, bool isOpenFile, in ProgramStart start)
    {
        ThreadGroup group = task.Group;
        int formerTid = task.Tid;
        _ender.LeaveMemory(task);
        BecomeOnlyThread(task);
        (AddressSpaceId old, SpaceSharing sharing) = (group.AddressSpace, group.Sharing);
        group.AddressSpace = space;
        group.Sharing = new SpaceSharing { Executable = file };
        _services.Files.Current.AddReference(file);
        task.Cpu.Reset();
        task.Cpu.AddressSpace = space;
        task.Cpu.Rip = start.Entry;
        task.Cpu[Contracts.Platform.GuestRegister.Rsp] = start.StackPointer;
        _ender.LeaveSpace(old, sharing);

        group.HasExecuted = true;
        group.Layout = start.Layout;
        group.ExecutablePath = _services.Mounts.Current.GetPath(task, file).TryGet(out byte[]? real, out _) ? real : name;
        task.Name = ShortName(isOpenFile ? group.ExecutablePath : name);
        task.ClearChildTid = 0;
        task.RobustListHead = 0;
        task.RseqAddress = 0;
        task.RseqSignature = 0;
        task.UserDispatch = null;
        ResetControls(task);
        ResetSignals(task);
        TimerEnd.DeletePosix(_services.Timers, task.Group.Timers);
        OwnDescriptors(task);
        _services.Descriptors.Current.CloseOnExec(task.Descriptors);
        _services.Observers.OnExec(task);
        _tracing.Exec(task, formerTid);
    }

    /// <summary>What prctl(2) says that a new program does not keep.</summary>
    private static void ResetControls(GuestTask task)
    {
        const int PR_SET_DUMPABLE = 4;
        const int PR_SET_KEEPCAPS = 8;
        Credentials ids = task.Credentials;
        task.Group.ForgetControl(PR_SET_KEEPCAPS);
        if (ids.RealUser == ids.EffectiveUser && ids.RealGroup == ids.EffectiveGroup)
            task.Group.ForgetControl(PR_SET_DUMPABLE);
        else
            task.Group.ProcessControls[PR_SET_DUMPABLE] = 0; // as long as it has more rights than its user
    }

    /// <summary>The other threads end, and the caller takes the process's id as its own (execve(2), "Effect on process attributes").</summary>
    private void BecomeOnlyThread(GuestTask task)
    {
        ThreadGroup group = task.Group;
        _ender.EndOtherThreads(task, status: 0);
        if (task.Tid == group.Pid)
            return;
        if (_services.Tasks.Find(group.Pid) is { } leader)
        {
            _tracing.Forget(leader);
            leader.State = TaskState.Dead;
            _services.Tasks.Remove(leader);
        }

        group.Threads.Clear();
        _services.Tasks.ChangeTid(task, group.Pid);
        group.Threads.Add(group.Pid);
        foreach (int child in group.Children)
        {
            if (_services.Tasks.Find(child)?.Group is { } process)
                process.ParentTid = group.Pid;
        }
    }

    /// <summary>A table that other processes share stays theirs.</summary>
    private void OwnDescriptors(GuestTask task)
    {
        if (task.Descriptors.Sharers == 1)
            return;
        DescriptorTable own = _services.Descriptors.Current.Copy(task.Descriptors);
        _services.Descriptors.Current.Leave(task.Descriptors);
        task.Descriptors = own;
    }

    /// <summary>Ids after the set-user-id and set-group-id bits; the saved ids are the effective ones (execve(2)).</summary>
    private static Credentials CredentialsAfter(Credentials old, in NodeAttributes file)
    {
        uint user = (file.Permissions & SetUserId) != 0 ? file.User : old.EffectiveUser;
        uint group = (file.Permissions & (SetGroupId | GroupExecute)) == (SetGroupId | GroupExecute) ? file.Group : old.EffectiveGroup;
        return old with
        {
            EffectiveUser = user,
            SavedUser = user,
            FileSystemUser = user,
            EffectiveGroup = group,
            SavedGroup = group,
            FileSystemGroup = group,
        };
    }

    /// <summary>The thread's name: the last part of the path, 15 bytes at most (prctl(2), PR_SET_NAME).</summary>
    private static byte[] ShortName(ReadOnlySpan<byte> path)
    {
        ReadOnlySpan<byte> last = path[(ByteSearch.Last(path, (byte)'/') + 1)..];
        return last[..Math.Min(last.Length, 15)].ToArray();
    }

    /// <summary>Handlers are gone with the old program's code; what was ignored stays so, and what was blocked or pending.</summary>
    private static void ResetSignals(GuestTask task)
    {
        // Always an array of its own: processes made with CLONE_SIGHAND keep the old one.
        var actions = new SignalAction[task.Group.SignalActions.Length];
        SignalDefaults.CopyIgnored(task.Group.SignalActions, actions);
        task.Group.SignalActions = actions;
        // The flags stay, as a signal frame shows (begin_new_exec).
        task.Signals.AlternateStack = 0;
        task.Signals.AlternateStackSize = 0;
    }

    private void Release(FileId file)
    {
        if (!file.IsNone)
            _services.Files.Current.Release(file);
    }
}
