namespace Kpio.Plugins.LinuxAbi.Loader;

/// <summary>One entry of the auxiliary vector (getauxval(3)).</summary>
internal readonly record struct AuxiliaryEntry(ulong Type, ulong Value);
