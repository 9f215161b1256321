namespace Kpio.Cli.Running;

/// <summary>Errors that Linux has for itself and for file servers (its include/linux/errno.h): they have no name in errno(3), but strace(1) knows them.</summary>
internal static class KernelErrors
{
    /// <summary>The number of an error, or null.</summary>
    public static int? Find(string name) => name.ToUpperInvariant() switch
    {
        "ERESTARTSYS" => 512,
        "ERESTARTNOINTR" => 513,
        "ERESTARTNOHAND" => 514,
        "ENOIOCTLCMD" => 515,
        "ERESTART_RESTARTBLOCK" => 516,
        "EPROBE_DEFER" => 517,
        "EOPENSTALE" => 518,
        "EBADHANDLE" => 521,
        "ENOTSYNC" => 522,
        "EBADCOOKIE" => 523,
        "ENOTSUPP" => 524,
        "ETOOSMALL" => 525,
        "ESERVERFAULT" => 526,
        "EBADTYPE" => 527,
        "EJUKEBOX" => 528,
        "EIOCBQUEUED" => 529,
        "ERECALLCONFLICT" => 530,
        _ => null,
    };
}
