using Iced.Intel;
using Decoder = Iced.Intel.Decoder;

namespace Kpio.Platform.X64.Tests.Oracle;

/// <summary>The interpreter against the host's processor, form by form.</summary>
public sealed class OracleTests
{
    [Fact]
    public void EveryClaimedFormIsComparedOrExcluded()
    {
        var known = new HashSet<Code>(FormList.Compared.Concat(FormList.Excluded.Keys));
        Assert.Empty(FormList.Claimed.Except(known));
        Assert.Empty(known.Except(FormList.Claimed));
        Assert.Equal(FormList.Compared.Count + FormList.Excluded.Count, known.Count);
        Assert.DoesNotContain(FormList.Excluded.Values, string.IsNullOrEmpty);
    }

    /// <summary>The encodings that the cases use are those that the machine decodes to the form.</summary>
    [Fact]
    public void EveryComparedFormIsDecodedAsItself()
    {
        foreach (Code code in FormList.Compared)
        {
            var maker = new CaseMaker(new OperandValues((int)code));
            bool found = false;
            for (int i = 0; i < 50 && !found; i++)
            {
                FormCase made = maker.Make(code);
                Decoder decoder = Decoder.Create(64, made.Bytes, made.Input.Rip);
                found = decoder.Decode().Code == code && decoder.IP == made.Input.Rip + (ulong)made.Bytes.Length;
            }

            Assert.True(found, $"{code} is never decoded as itself.");
        }
    }
}
