namespace Kpio.Platform.X64.Tests.Exceptions;

// Each test once with code decoded to specialised handlers and once to the plain ones that short programs run on.

public sealed class SpecialisedDebugCpuTests() : DebugCpuTests(0);

public sealed class PlainDebugCpuTests() : DebugCpuTests(long.MaxValue);

public sealed class SpecialisedForbiddenInstructionTests() : ForbiddenInstructionTests(0);

public sealed class PlainForbiddenInstructionTests() : ForbiddenInstructionTests(long.MaxValue);

public sealed class SpecialisedMemoryFaultTests() : MemoryFaultTests(0);

public sealed class PlainMemoryFaultTests() : MemoryFaultTests(long.MaxValue);

public sealed class SpecialisedOpenResultTests() : OpenResultTests(0);

public sealed class PlainOpenResultTests() : OpenResultTests(long.MaxValue);

public sealed class SpecialisedSelfModifyingCodeTests() : SelfModifyingCodeTests(0);

public sealed class PlainSelfModifyingCodeTests() : SelfModifyingCodeTests(long.MaxValue);

public sealed class SpecialisedStringRestartTests() : StringRestartTests(0);

public sealed class PlainStringRestartTests() : StringRestartTests(long.MaxValue);

public sealed class SpecialisedTrapTests() : TrapTests(0);

public sealed class PlainTrapTests() : TrapTests(long.MaxValue);

public sealed class SpecialisedProcessorModelTests() : ProcessorModelTests(0);

public sealed class PlainProcessorModelTests() : ProcessorModelTests(long.MaxValue);
