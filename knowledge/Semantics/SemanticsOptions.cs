using System.ComponentModel.DataAnnotations;

namespace SupportBot.Knowledge.Semantics;

/// <summary>A language model of any endpoint that speaks the wire format of OpenAI. Off until an endpoint and a model are named.</summary>
public sealed class SemanticsOptions : IValidatableObject
{
    public const string Section = "Semantics";

    /// <summary>Base address, such as <c>http://127.0.0.1:8080/v1</c>; empty: no model is used.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>Sent as bearer; empty for endpoints that ask for none.</summary>
    public string ApiKey { get; set; } = "";

    /// <summary>Name of the model that makes vectors; empty: none is fused into the ranking.</summary>
    public string EmbeddingModel { get; set; } = "";

    /// <summary>Name of the model that chooses among our candidates; empty: none is asked.</summary>
    public string ChatModel { get; set; } = "";

    /// <summary>Longest that a person waits for the models in one turn, both together.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:00:10")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a model is left alone after a failure, before it is tried again without anybody waiting. Doubles with each failure in a row, up to 64 times.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "01:00:00")]
    public TimeSpan Rest { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Phrasings of each entry and topic that get a vector, from the first of the file on; more cost a slow model a longer start.</summary>
    [Range(1, 1_000)]
    public int Phrasings { get; set; } = 24;

    /// <summary>Texts in one request while the phrasings are learnt.</summary>
    [Range(1, 2_000)]
    public int BatchSize { get; set; } = 64;

    /// <summary>Languages that the vectors are good for, parted by commas.</summary>
    [RegularExpression("(en|es)(, ?(en|es))*")]
    public string Languages { get; set; } = "en,es";

    /// <summary>Whether any model is asked for anything.</summary>
    public bool IsOn => Endpoint.Length > 0 && (EmbeddingModel.Length > 0 || ChatModel.Length > 0);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Endpoint.Length > 0 && !(Uri.TryCreate(Endpoint, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"))
        {
            yield return new($"{Section}:Endpoint must be an http or https address, such as http://127.0.0.1:8080/v1.");
        }

        if (Endpoint.Length > 0 != (EmbeddingModel.Length > 0 || ChatModel.Length > 0))
        {
            yield return new($"{Section}:Endpoint needs {Section}:EmbeddingModel or {Section}:ChatModel, and they need it.");
        }
    }
}
