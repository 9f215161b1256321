using Kpio.Contracts.Process;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Process;

/// <summary>Root, working directory and umask that tasks share or have of their own (CLONE_FS): copies, and the last sharer's goodbye.</summary>
internal static class Sharing
{
    /// <summary>The same root, working directory and umask.</summary>
    public static FileSystemContext Copy(IOpenFiles files, FileSystemContext context)
    {
        files.AddReference(context.Root);
        files.AddReference(context.WorkingDirectory);
        return new FileSystemContext { Root = context.Root, WorkingDirectory = context.WorkingDirectory, Umask = context.Umask };
    }

    /// <summary>One task less has the context.</summary>
    public static void Leave(IOpenFiles files, FileSystemContext context)
    {
        if (--context.Sharers > 0)
            return;
        files.Release(context.Root);
        files.Release(context.WorkingDirectory);
    }
}
