using System.Diagnostics.CodeAnalysis;

namespace Kpio.Contracts.Values;

/// <summary>
/// A value or the <see cref="Values.Errno"/> that took its place. What a guest can cause is always such a value, never an
/// exception: throwing costs microseconds, and an exception means a defect in KPIO.
/// </summary>
/// <typeparam name="T">The value's type.</typeparam>
public readonly struct Result<T>
{
    private readonly T? _value;

    private Result(T? value, Errno error)
    {
        _value = value;
        Error = error;
    }

    /// <summary>The error, or <see cref="Errno.None"/> when there is a value.</summary>
    public Errno Error { get; }

    /// <summary>Whether there is a value.</summary>
    public bool IsOk => Error == Errno.None;

    /// <summary>The value; the type's default when there is an error.</summary>
    public T? ValueOrDefault => _value;

    /// <summary>Makes a success.</summary>
    public static implicit operator Result<T>(T value) => new(value, Errno.None);

    /// <summary>Makes a failure; <paramref name="error"/> must not be <see cref="Errno.None"/>.</summary>
    public static implicit operator Result<T>(Errno error) => new(default, error);

    /// <summary>Takes the result apart: true with the value, or false with the error.</summary>
    public bool TryGet([MaybeNullWhen(false)] out T value, out Errno error)
    {
        value = _value!;
        error = Error;
        return error == Errno.None;
    }
}
