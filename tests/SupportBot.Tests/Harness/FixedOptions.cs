using Microsoft.Extensions.Options;

namespace SupportBot.Tests.Harness;

/// <summary>Options that nobody reloads.</summary>
sealed class FixedOptions<T>(T value) : IOptionsMonitor<T>
{
    public T CurrentValue => value;

    public T Get(string? name) => value;

    public IDisposable? OnChange(Action<T, string?> listener) => null;
}
