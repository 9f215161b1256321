namespace Kpio.Plugins.Vfs.OpenFiles.Watches;

/// <summary>IN_* bits (inotify(7)).</summary>
internal static class WatchEvents
{
    public const uint Access = 1;
    public const uint Modify = 2;
    public const uint Attributes = 4;
    public const uint CloseWrite = 8;
    public const uint CloseNoWrite = 0x10;
    public const uint Open = 0x20;
    public const uint MovedFrom = 0x40;
    public const uint MovedTo = 0x80;
    public const uint Create = 0x100;
    public const uint Delete = 0x200;
    public const uint DeleteSelf = 0x400;
    public const uint MoveSelf = 0x800;
    public const uint All = 0xFFF;
    public const uint Unmount = 0x2000;
    public const uint Overflow = 0x4000;
    public const uint Ignored = 0x8000;
    public const uint OnlyDirectory = 0x0100_0000;
    public const uint DontFollow = 0x0200_0000;
    public const uint ExcludeUnlinked = 0x0400_0000;
    public const uint MaskCreate = 0x1000_0000;
    public const uint MaskAdd = 0x2000_0000;
    public const uint IsDirectory = 0x4000_0000;
    public const uint OneShot = 0x8000_0000;
}
