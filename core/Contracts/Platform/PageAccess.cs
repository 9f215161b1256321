namespace Kpio.Contracts.Platform;

/// <summary>What ring 3 may do with a page, or was trying to do. Combines.</summary>
[Flags]
public enum PageAccess : byte
{
    /// <summary>Nothing: the page is present but closed to ring 3 (PROT_NONE).</summary>
    None = 0,

    /// <summary>Reading.</summary>
    Read = 1,

    /// <summary>Writing.</summary>
    Write = 2,

    /// <summary>Fetching instructions.</summary>
    Execute = 4,
}
