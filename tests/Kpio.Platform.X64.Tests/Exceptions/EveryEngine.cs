namespace Kpio.Platform.X64.Tests.Exceptions;

// Each test with code decoded to specialised handlers, to the plain ones that short programs run on, and translated.

public sealed class SpecialisedDebugCpuTests() : DebugCpuTests(TestedEngine.Specialised);

public sealed class PlainDebugCpuTests() : DebugCpuTests(TestedEngine.Plain);

public sealed class TranslatedDebugCpuTests() : DebugCpuTests(TestedEngine.Translated);

public sealed class SpecialisedForbiddenInstructionTests() : ForbiddenInstructionTests(TestedEngine.Specialised);

public sealed class PlainForbiddenInstructionTests() : ForbiddenInstructionTests(TestedEngine.Plain);

public sealed class TranslatedForbiddenInstructionTests() : ForbiddenInstructionTests(TestedEngine.Translated);

public sealed class SpecialisedMemoryFaultTests() : MemoryFaultTests(TestedEngine.Specialised);

public sealed class PlainMemoryFaultTests() : MemoryFaultTests(TestedEngine.Plain);

public sealed class TranslatedMemoryFaultTests() : MemoryFaultTests(TestedEngine.Translated);

public sealed class SpecialisedSelfModifyingCodeTests() : SelfModifyingCodeTests(TestedEngine.Specialised);

public sealed class PlainSelfModifyingCodeTests() : SelfModifyingCodeTests(TestedEngine.Plain);

public sealed class TranslatedSelfModifyingCodeTests() : SelfModifyingCodeTests(TestedEngine.Translated);

public sealed class SpecialisedStringRestartTests() : StringRestartTests(TestedEngine.Specialised);

public sealed class PlainStringRestartTests() : StringRestartTests(TestedEngine.Plain);

public sealed class TranslatedStringRestartTests() : StringRestartTests(TestedEngine.Translated);

public sealed class SpecialisedTrapTests() : TrapTests(TestedEngine.Specialised);

public sealed class PlainTrapTests() : TrapTests(TestedEngine.Plain);

public sealed class TranslatedTrapTests() : TrapTests(TestedEngine.Translated);

public sealed class SpecialisedOpenResultTests() : OpenResultTests(TestedEngine.Specialised);

public sealed class PlainOpenResultTests() : OpenResultTests(TestedEngine.Plain);

public sealed class TranslatedOpenResultTests() : OpenResultTests(TestedEngine.Translated);

public sealed class SpecialisedProcessorModelTests() : ProcessorModelTests(TestedEngine.Specialised);

public sealed class PlainProcessorModelTests() : ProcessorModelTests(TestedEngine.Plain);

public sealed class TranslatedProcessorModelTests() : ProcessorModelTests(TestedEngine.Translated);
