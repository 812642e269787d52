namespace SupportBot.Knowledge.Consents;

/// <summary>Whether a number takes our texts. Unknown numbers may be texted only what they ask for themselves.</summary>
public enum ConsentState
{
    Unknown,
    OptedIn,
    OptedOut,
}

/// <summary>How consent reached us.</summary>
public enum ConsentMeans
{
    /// <summary>A carrier's keyword as the whole message.</summary>
    Keyword,

    /// <summary>Words that a reasonable person understands (47 CFR 64.1200(a)(10)).</summary>
    Words,

    /// <summary>Said or keyed on the phone.</summary>
    Phone,

    /// <summary>The carrier told us (Twilio's OptOutType, error 21610).</summary>
    Carrier,

    /// <summary>The help desk recorded it for the person, through the API.</summary>
    Agent,
}
