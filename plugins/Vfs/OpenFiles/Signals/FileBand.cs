namespace Kpio.Plugins.Vfs.OpenFiles.Signals;

/// <summary>What a file's signal tells: the values of si_code for SIGPOLL (sigaction(2)).</summary>
internal enum FileBand
{
    /// <summary>POLL_IN: there is something to read.</summary>
    Input = 1,

    /// <summary>POLL_OUT: there is room to write.</summary>
    Output,

    /// <summary>POLL_MSG: a lease is to be given back, or a directory has changed.</summary>
    Message,

    /// <summary>POLL_ERR: an error.</summary>
    Error,

    /// <summary>POLL_PRI: something urgent to read.</summary>
    Priority,

    /// <summary>POLL_HUP: the other side has gone.</summary>
    HangUp,
}
