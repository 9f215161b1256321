namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>VCMP with one of its 32 predicates (SDM vol. 2A CMPPD table 3-1): all ones where it holds.</summary>
internal readonly struct VexPredicate : ISseElement
{
    private const int Less = 1, Equal = 2, Greater = 4, Unordered = 8;

    /// <summary>The relations for which each of the predicates 0 to 15 holds; 16 more differ in their exceptions.</summary>
    private static ReadOnlySpan<byte> Relations =>
    [
        Equal, Less, Less | Equal, Unordered, Less | Greater | Unordered, Equal | Greater | Unordered, Greater | Unordered, Less | Equal | Greater,
        Equal | Unordered, Less | Unordered, Less | Equal | Unordered, 0, Less | Greater, Equal | Greater, Greater, Less | Equal | Greater | Unordered,
    ];

    public static ulong Apply<TFormat>(ulong destination, ulong source, byte immediate, uint mxcsr, ref uint flags)
        where TFormat : struct, IFloatFormat
    {
        // Of the first sixteen those are quiet whose low two bits are 0 or 3, of the others the other ones.
        bool quiet = ((immediate & 3) is 0 or 3) != ((immediate & 16) != 0);
        int relation = SseSoftFloat<TFormat>.Compare(destination, source, quiet, mxcsr, ref flags) switch
        {
            FloatRelation.Less => Less,
            FloatRelation.Equal => Equal,
            FloatRelation.Greater => Greater,
            _ => Unordered,
        };
        return (Relations[immediate & 15] & relation) != 0 ? ulong.MaxValue : 0;
    }
}
