using Kpio.Contracts.Host;

namespace Kpio.Platform.Host.Linux;

/// <summary>Memory for machine code: a file without a name (memfd_create(2)), mapped once for writing and once for running.</summary>
internal sealed unsafe class LinuxCodeMemory : ICodeMemory
{
    /// <inheritdoc/>
    public bool TryReserve(long bytes, out CodeRegion region)
    {
        region = default;
        int file;
        fixed (byte* name = "kpio-code\0"u8) file = LibC.MemfdCreate(name, LibC.MFD_CLOEXEC);
        if (file < 0) return false;
        try
        {
            if (LibC.Ftruncate(file, bytes) != 0) return false;
            nint writable = LibC.Mmap(0, (nuint)bytes, LibC.PROT_READ | LibC.PROT_WRITE, LibC.MAP_SHARED, file, 0);
            if (writable == -1) return false;
            nint executable = LibC.Mmap(0, (nuint)bytes, LibC.PROT_READ | LibC.PROT_EXEC, LibC.MAP_SHARED, file, 0);
            if (executable == -1)
            {
                LibC.Munmap(writable, (nuint)bytes);
                return false;
            }

            region = new CodeRegion(writable, executable, bytes);
            return true;
        }
        finally
        {
            LibC.Close(file);
        }
    }

    /// <inheritdoc/>
    public void Release(in CodeRegion region)
    {
        LibC.Munmap(region.Writable, (nuint)region.Size);
        LibC.Munmap(region.Executable, (nuint)region.Size);
    }
}
