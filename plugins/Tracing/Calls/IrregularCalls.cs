using Kpio.Plugins.Tracing.Calls.Irregular;

namespace Kpio.Plugins.Tracing.Calls;

/// <summary>Changes the plans of those calls that strace shows otherwise than their description alone would have it.</summary>
internal static class IrregularCalls
{
    public static void Adjust(CallPlan plan, ValueFormats formats)
    {
        FileCalls.Adjust(plan, formats);
        VectorCalls.Adjust(plan);
        DescriptorCalls.Adjust(plan, formats);
        EventCalls.Adjust(plan, formats);
        MemoryCalls.Adjust(plan);
        ProcessCalls.Adjust(plan, formats);
        SystemCalls.Adjust(plan, formats);
        PrctlCalls.Adjust(plan);
        FutexCalls.Adjust(plan, formats);
        TimeCalls.Adjust(plan, formats);
        SignalCalls.Adjust(plan);
    }

    /// <summary>Leaves arguments out that depend on a bit of another.</summary>
    public static void ShowOnlyIf(this CallPlan plan, int from, Func<Call, bool> condition) =>
        plan.Count = call => condition(call) ? plan.Arguments.Length : from;
}
