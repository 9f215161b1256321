using System.Runtime.Intrinsics;
using Iced.Intel;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Simd;

/// <summary>Which operation an instruction of AES, PCLMULQDQ or SHA is, in its legacy or VEX form.</summary>
internal static unsafe class CryptoBindings
{
    /// <summary>The operation, as in <see cref="SimdBindings"/>, or null.</summary>
    internal static delegate*<CpuState*, Vector128<byte>*, Vector128<byte>*, byte, void> Find(Mnemonic mnemonic) => mnemonic switch
    {
        Mnemonic.Aesenc or Mnemonic.Vaesenc => &AesRounds.Encrypt,
        Mnemonic.Aesenclast or Mnemonic.Vaesenclast => &AesRounds.EncryptLast,
        Mnemonic.Aesdec or Mnemonic.Vaesdec => &AesRounds.Decrypt,
        Mnemonic.Aesdeclast or Mnemonic.Vaesdeclast => &AesRounds.DecryptLast,
        Mnemonic.Aesimc or Mnemonic.Vaesimc => &AesRounds.InverseMix,
        Mnemonic.Aeskeygenassist or Mnemonic.Vaeskeygenassist => &AesRounds.KeyAssist,
        Mnemonic.Pclmulqdq or Mnemonic.Vpclmulqdq => &CarrylessProduct.Multiply,
        Mnemonic.Sha1rnds4 => &ShaRounds.Sha1Rounds,
        Mnemonic.Sha1nexte => &ShaRounds.Sha1NextE,
        Mnemonic.Sha1msg1 => &ShaRounds.Sha1Message1,
        Mnemonic.Sha1msg2 => &ShaRounds.Sha1Message2,
        Mnemonic.Sha256rnds2 => &ShaRounds.Sha256Rounds,
        Mnemonic.Sha256msg1 => &ShaRounds.Sha256Message1,
        Mnemonic.Sha256msg2 => &ShaRounds.Sha256Message2,
        _ => null,
    };
}
