using Microsoft.Extensions.Options;
using SupportBot.Knowledge.Content;

namespace SupportBot.Bot.Commands;

/// <summary>What keeps the program from starting, in sentences for the operator.</summary>
static class StartProblems
{
    /// <summary>Null for an exception that is a bug, which should be seen whole.</summary>
    internal static string? Of(Exception exception) => exception switch
    {
        ContentException content => content.Message,
        OptionsValidationException options => $"The settings have {options.Failures.Count()} problem(s):{Environment.NewLine}{string.Join(Environment.NewLine, options.Failures)}",
        AggregateException aggregate when aggregate.InnerExceptions.All(inner => Of(inner) is not null) =>
            string.Join(Environment.NewLine, aggregate.InnerExceptions.Select(Of)),
        { InnerException: { } inner } when Of(inner) is { } found => found,
        _ => null,
    };
}
