using System.Text;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.OpenFiles.Events;

/// <summary>
/// Files that lie in no tree and have data of their own, in <see cref="OpenFile.Special"/>: event counters, timers and their like.
/// They share one inode, as Linux's do (anon_inode).
/// </summary>
internal abstract class SpecialDriver : FileDriver
{
    /// <summary>The st_dev and st_ino that Linux gives them at a usual start: nothing depends on the numbers.</summary>
    private const ulong AnonymousDevice = 15;
    private const ulong AnonymousInode = 1057;

    /// <summary>What /proc shows in brackets: "eventfd".</summary>
    protected abstract string Name { get; }

    public override bool CanPoll(OpenFile file) => true;

    public override byte[]? ShownName(OpenFile file) => Encoding.ASCII.GetBytes($"anon_inode:{Name}");

    public override Result<long> Seek(OpenFile file, long offset, int whence) => 0; // noop_llseek

    public override Result<NodeAttributes> Stat(OpenFile file) => new NodeAttributes
    {
        Device = AnonymousDevice,
        Inode = AnonymousInode,
        Permissions = 0x180,
        Links = 1,
        BlockSize = 4096,
    };

    /// <summary>The data for the successor.</summary>
    public abstract SpecialFileState Capture(OpenFile file);

    /// <summary>Takes a predecessor's data; EINVAL for another kind's. Other files may not be there yet: see <see cref="Connect"/>.</summary>
    public abstract Errno Restore(OpenFile file, SpecialFileState state);

    /// <summary>All files are there: what refers to others finds them.</summary>
    public virtual Errno Connect(OpenFile file, SpecialFileState state) => Errno.None;
}
