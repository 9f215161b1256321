namespace Kpio.Contracts.Host;

/// <summary>Memory of the host for machine code. A page is never writable and executable at one address.</summary>
public interface ICodeMemory
{
    /// <summary>Reserves zeroed memory that is seen at two addresses; the host backs it as it is touched.</summary>
    /// <param name="bytes">A multiple of the host's page size.</param>
    /// <param name="region">The memory.</param>
    /// <returns>False when the host has none, or does not allow it.</returns>
    bool TryReserve(long bytes, out CodeRegion region);

    /// <summary>Gives memory back. Nothing may run in it.</summary>
    void Release(in CodeRegion region);
}

/// <summary>Memory for machine code.</summary>
/// <param name="Writable">Where its bytes are read and written.</param>
/// <param name="Executable">Where they run.</param>
/// <param name="Size">Bytes.</param>
public readonly record struct CodeRegion(nint Writable, nint Executable, long Size);
