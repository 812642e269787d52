using System.ComponentModel.DataAnnotations;

namespace SupportBot.Knowledge.Escalations;

/// <summary>When people are at the help desk and where calls go. Section <c>HelpDesk</c>.</summary>
public sealed class HelpDeskOptions
{
    public const string Section = "HelpDesk";

    /// <summary>Days and local times, e.g. <c>Mon-Fri 08:00-19:00, Sat 09:00-12:00</c>. The end is not included.</summary>
    [Required]
    public string Hours { get; set; } = "Mon-Fri 08:00-19:00";

    /// <summary>Closed days besides the federal holidays, <c>2026-12-24</c>, parted by commas.</summary>
    public string Closures { get; set; } = "";

    /// <summary><c>auto</c> (by the hours), <c>open</c> or <c>closed</c>.</summary>
    [AllowedValues("auto", "open", "closed", ErrorMessage = "HelpDesk:State must be auto, open or closed.")]
    public string State { get; set; } = "auto";

    /// <summary>IANA zone for people whose own zone is not known.</summary>
    [Required]
    public string TimeZone { get; set; } = "America/New_York";

    /// <summary>E.164 number or SIP address that calls are put through to; empty: no transfer, a case only.</summary>
    public string TransferTo { get; set; } = "";
}
