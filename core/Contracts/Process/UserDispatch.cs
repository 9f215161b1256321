namespace Kpio.Contracts.Process;

/// <summary>
/// Which calls a thread has sent to its own handler of SIGSYS instead of the kernel (prctl(2), PR_SET_SYSCALL_USER_DISPATCH): all whose
/// instruction lies outside a range of addresses, as long as a byte of its memory says so. Neither fork(2) nor execve(2) hands it on.
/// </summary>
/// <param name="Start">The first address of the range whose calls are always made.</param>
/// <param name="Length">The length of the range in bytes; 0 for none.</param>
/// <param name="Selector">The address of the byte; 0 for none, which sends all calls there.</param>
public sealed record UserDispatch(ulong Start, ulong Length, ulong Selector);
