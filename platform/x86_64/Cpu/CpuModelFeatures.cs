using Iced.Intel;
using Kpio.Contracts.Platform;

namespace Kpio.Platform.X64.Cpu;

/// <summary>Which instructions beyond x86-64-v2 a model has, by Iced's names of the features.</summary>
internal static class CpuModelFeatures
{
    /// <summary>Whether every feature that an instruction form needs is one that the model adds to x86-64-v2.</summary>
    public static bool HasForm(this CpuModel model, Code code)
    {
        foreach (CpuidFeature feature in code.CpuidFeatures())
        {
            CpuModel least = feature switch
            {
                CpuidFeature.AVX or CpuidFeature.AVX2 or CpuidFeature.BMI1 or CpuidFeature.BMI2 or CpuidFeature.F16C or CpuidFeature.FMA
                    or CpuidFeature.LZCNT or CpuidFeature.MOVBE => CpuModel.V3,
                CpuidFeature.AES or CpuidFeature.PCLMULQDQ or CpuidFeature.SHA => CpuModel.Max,
                _ => (CpuModel)byte.MaxValue,
            };
            if (model < least) return false;
        }

        return true;
    }
}
