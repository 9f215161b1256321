using System.Reflection;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Abi;

/// <summary>Makes a table entry of a layer's method: reflection once, delegates from then on.</summary>
internal static class HandlerBinder
{
    private delegate T ArgumentReader<T>(GuestTask task, in SyscallFrame frame);

    /// <exception cref="InvalidOperationException">The method does not fit the description.</exception>
    public static SyscallHandler Bind(object? target, MethodInfo method, SyscallInfo info)
    {
        if (method.IsStatic)
            target = null;
        ParameterInfo[] parameters = method.GetParameters();
        if (method.ReturnType != typeof(SysResult) || parameters.Length == 0 || parameters[0].ParameterType != typeof(GuestTask))
            throw Mismatch(method, info, "a handler answers SysResult and takes the GuestTask first");
        if (parameters.Length == 2 && parameters[1].ParameterType == typeof(SyscallFrame).MakeByRefType())
            return method.CreateDelegate<SyscallHandler>(target);

        List<int> arguments = VisibleArguments(info);
        if (arguments.Count != parameters.Length - 1)
            throw Mismatch(method, info, $"it has {parameters.Length - 1} arguments behind the task, the description {arguments.Count}");
        var types = new Type[arguments.Count];
        var readers = new object[arguments.Count];
        for (int i = 0; i < arguments.Count; i++)
        {
            types[i] = parameters[i + 1].ParameterType;
            readers[i] = MakeReader(types[i], info, arguments[i])
                ?? throw Mismatch(method, info, $"'{parameters[i + 1].Name}' cannot be {types[i].Name}: the description says {info.Arguments[arguments[i]].Kind}");
        }

        string binder = $"Bind{types.Length}";
        MethodInfo open = typeof(HandlerBinder).GetMethod(binder, BindingFlags.Static | BindingFlags.NonPublic)!;
        MethodInfo closed = types.Length == 0 ? open : open.MakeGenericMethod(types);
        return (SyscallHandler)closed.Invoke(null, [target, method, .. readers])!;
    }

    /// <summary>A buffer's length is part of the buffer, no argument of its own.</summary>
    private static List<int> VisibleArguments(SyscallInfo info)
    {
        var visible = new List<int>();
        for (int i = 0; i < info.Arguments.Count; i++)
        {
            int index = i;
            bool swallowed = info.Arguments.Any(a => a.LengthArgument == index && IsBuffer(info, a));
            if (!swallowed)
                visible.Add(i);
        }

        return visible;
    }

    private static bool IsBuffer(SyscallInfo info, ArgumentInfo argument) =>
        argument.Kind is ArgumentKind.In or ArgumentKind.Out
        && info.Arguments[argument.LengthArgument].Kind is ArgumentKind.Int or ArgumentKind.UInt or ArgumentKind.Long or ArgumentKind.ULong or ArgumentKind.Size;

    private static object? MakeReader(Type type, SyscallInfo info, int index)
    {
        ArgumentInfo argument = info.Arguments[index];
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(UserPointer<>))
        {
            bool isPointer = argument.Kind is ArgumentKind.InStruct or ArgumentKind.OutStruct or ArgumentKind.InOutStruct
                or ArgumentKind.InArray or ArgumentKind.OutArray or ArgumentKind.InOutArray or ArgumentKind.Address;
            return isPointer
                ? typeof(HandlerBinder).GetMethod(nameof(ReadPointer), BindingFlags.Static | BindingFlags.NonPublic)!
                    .MakeGenericMethod(type.GetGenericArguments()).Invoke(null, [index])
                : null;
        }

        if (type == typeof(Fd))
            return argument.Kind is ArgumentKind.Fd or ArgumentKind.DirFd ? new ArgumentReader<Fd>((GuestTask _, in SyscallFrame f) => new Fd((int)f[index])) : null;
        if (type == typeof(UserString))
        {
            return argument.Kind is ArgumentKind.Path or ArgumentKind.String
                ? new ArgumentReader<UserString>((GuestTask t, in SyscallFrame f) => new UserString(t, f[index]))
                : null;
        }

        if (type == typeof(UserBuffer))
            return IsBuffer(info, argument) ? MakeBufferReader(info, index, argument.LengthArgument) : null;
        if (type == typeof(int))
            return new ArgumentReader<int>((GuestTask _, in SyscallFrame f) => (int)f[index]);
        if (type == typeof(uint))
            return new ArgumentReader<uint>((GuestTask _, in SyscallFrame f) => (uint)f[index]);
        if (type == typeof(long))
            return new ArgumentReader<long>((GuestTask _, in SyscallFrame f) => (long)f[index]);
        return type == typeof(ulong) ? new ArgumentReader<ulong>((GuestTask _, in SyscallFrame f) => f[index]) : null;
    }

    private static ArgumentReader<UserBuffer> MakeBufferReader(SyscallInfo info, int address, int length) => info.Arguments[length].Kind switch
    {
        ArgumentKind.Int => (GuestTask t, in SyscallFrame f) => new UserBuffer(t, f[address], (ulong)(int)f[length]),
        ArgumentKind.UInt => (GuestTask t, in SyscallFrame f) => new UserBuffer(t, f[address], (uint)f[length]),
        _ => (GuestTask t, in SyscallFrame f) => new UserBuffer(t, f[address], f[length]),
    };

    private static ArgumentReader<UserPointer<T>> ReadPointer<T>(int index)
        where T : unmanaged => (GuestTask t, in SyscallFrame f) => new UserPointer<T>(t, f[index]);

    private static SyscallHandler Bind0(object? target, MethodInfo method)
    {
        var call = method.CreateDelegate<Func<GuestTask, SysResult>>(target);
        return (GuestTask t, in SyscallFrame _) => call(t);
    }

    private static SyscallHandler Bind1<A>(object? target, MethodInfo method, ArgumentReader<A> a)
    {
        var call = method.CreateDelegate<Func<GuestTask, A, SysResult>>(target);
        return (GuestTask t, in SyscallFrame f) => call(t, a(t, in f));
    }

    private static SyscallHandler Bind2<A, B>(object? target, MethodInfo method, ArgumentReader<A> a, ArgumentReader<B> b)
    {
        var call = method.CreateDelegate<Func<GuestTask, A, B, SysResult>>(target);
        return (GuestTask t, in SyscallFrame f) => call(t, a(t, in f), b(t, in f));
    }

    private static SyscallHandler Bind3<A, B, C>(object? target, MethodInfo method, ArgumentReader<A> a, ArgumentReader<B> b, ArgumentReader<C> c)
    {
        var call = method.CreateDelegate<Func<GuestTask, A, B, C, SysResult>>(target);
        return (GuestTask t, in SyscallFrame f) => call(t, a(t, in f), b(t, in f), c(t, in f));
    }

    private static SyscallHandler Bind4<A, B, C, D>(
        object? target, MethodInfo method, ArgumentReader<A> a, ArgumentReader<B> b, ArgumentReader<C> c, ArgumentReader<D> d)
    {
        var call = method.CreateDelegate<Func<GuestTask, A, B, C, D, SysResult>>(target);
        return (GuestTask t, in SyscallFrame f) => call(t, a(t, in f), b(t, in f), c(t, in f), d(t, in f));
    }

    private static SyscallHandler Bind5<A, B, C, D, E>(
        object? target, MethodInfo method, ArgumentReader<A> a, ArgumentReader<B> b, ArgumentReader<C> c, ArgumentReader<D> d, ArgumentReader<E> e)
    {
        var call = method.CreateDelegate<Func<GuestTask, A, B, C, D, E, SysResult>>(target);
        return (GuestTask t, in SyscallFrame f) => call(t, a(t, in f), b(t, in f), c(t, in f), d(t, in f), e(t, in f));
    }

    private static SyscallHandler Bind6<A, B, C, D, E, F>(
        object? target,
        MethodInfo method,
        ArgumentReader<A> a,
        ArgumentReader<B> b,
        ArgumentReader<C> c,
        ArgumentReader<D> d,
        ArgumentReader<E> e,
        ArgumentReader<F> g)
    {
        var call = method.CreateDelegate<Func<GuestTask, A, B, C, D, E, F, SysResult>>(target);
        return (GuestTask t, in SyscallFrame f) => call(t, a(t, in f), b(t, in f), c(t, in f), d(t, in f), e(t, in f), g(t, in f));
    }

    private static InvalidOperationException Mismatch(MethodInfo method, SyscallInfo info, string what) =>
        new($"{method.DeclaringType?.Name}.{method.Name} cannot handle {info.Name}({info.Number}): {what}.");
}
