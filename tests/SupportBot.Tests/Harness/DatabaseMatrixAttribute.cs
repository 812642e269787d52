using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace SupportBot.Tests.Harness;

/// <summary>Both engines that the product runs on.</summary>
public enum Engine
{
    Sqlite,
    PostgreSql,
}

/// <summary>Runs a theory once on each engine, with the engine as its only argument, so that each row is labelled with it.</summary>
[AttributeUsage(AttributeTargets.Method)]
sealed class DatabaseMatrixAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        ValueTask.FromResult<IReadOnlyCollection<ITheoryDataRow>>([.. Enum.GetValues<Engine>().Select(engine => new TheoryDataRow<Engine>(engine))]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
