using Kpio.Contracts.Values;

namespace Kpio.Cli.Running;

/// <summary>Errors in words, for the user.</summary>
internal static class ErrorText
{
    public static string Of(Errno error) => error switch
    {
        Errno.ENOENT => "no such file or directory",
        Errno.ENOTDIR => "not a directory",
        Errno.EISDIR => "is a directory",
        Errno.EACCES or Errno.EPERM => "permission denied",
        Errno.ENODEV => "there is no such type of file system",
        Errno.ELOOP => "too many symbolic links, or scripts that start scripts",
        Errno.ENAMETOOLONG => "the name is too long",
        Errno.ENOMEM => "not enough memory: give the machine more with --memory",
        Errno.E2BIG => "arguments and environment are too long",
        Errno.EINVAL => "it does not fit there",
        _ => error.ToString(),
    };

    /// <summary>What the base library says of a file. Its own texts are left out of the build: they would be names of resources.</summary>
    public static string Of(Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => Of(Errno.ENOENT),
        UnauthorizedAccessException => "permission denied, or a directory",
        PathTooLongException => Of(Errno.ENAMETOOLONG),
        _ => "an error of the device, or no space on it",
    };
}
