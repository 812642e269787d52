using System.Collections.Frozen;

namespace SupportBot.Knowledge.Deliveries;

/// <summary>Whose fault a refusal is: only the carrier's and our own count towards an outage.</summary>
public enum CarrierFault
{
    /// <summary>The number, the phone, or its owner's choice.</summary>
    Person,

    /// <summary>The carrier cannot or will not at present.</summary>
    Carrier,

    /// <summary>Our account, number or words: somebody of ours must look.</summary>
    Ours,
}

/// <summary>What an error code of the carrier means for the person and for what is done next.</summary>
/// <param name="Code">Twilio's, or an HTTP status.</param>
/// <param name="Reason">One of <see cref="DeliveryReasons"/>, whose advice the person hears.</param>
/// <param name="TakesNoTexts">The number is noted: a call is offered before a text is promised again.</param>
public sealed record CarrierCode(int Code, CarrierFault Fault, string Reason, bool TakesNoTexts = false);

/// <summary>Twilio's error and warning dictionary, as far as it concerns texts and calls.</summary>
public static class CarrierCodes
{
    /// <summary>The carrier blocks texts to a person who has opted out there: it writes our ledger.</summary>
    public const int OptedOut = 21610;

    static readonly FrozenDictionary<int, CarrierCode> table = new CarrierCode[]
    {
        new(OptedOut, CarrierFault.Person, DeliveryReasons.OptedOut),
        new(21211, CarrierFault.Person, DeliveryReasons.UnknownNumber),
        new(21217, CarrierFault.Person, DeliveryReasons.UnknownNumber),
        new(21214, CarrierFault.Person, DeliveryReasons.UnknownNumber),
        new(30005, CarrierFault.Person, DeliveryReasons.UnknownNumber),
        new(21614, CarrierFault.Person, DeliveryReasons.TakesNoTexts, TakesNoTexts: true),
        new(21635, CarrierFault.Person, DeliveryReasons.TakesNoTexts, TakesNoTexts: true),
        new(30006, CarrierFault.Person, DeliveryReasons.TakesNoTexts, TakesNoTexts: true),
        new(60205, CarrierFault.Person, DeliveryReasons.TakesNoTexts, TakesNoTexts: true),
        new(30003, CarrierFault.Person, DeliveryReasons.Unreachable),
        new(30004, CarrierFault.Person, DeliveryReasons.Blocked),
        new(21216, CarrierFault.Person, DeliveryReasons.Blocked),
        new(60238, CarrierFault.Person, DeliveryReasons.Blocked),
        new(60410, CarrierFault.Person, DeliveryReasons.Blocked),
        new(21408, CarrierFault.Person, DeliveryReasons.Country),
        new(21215, CarrierFault.Person, DeliveryReasons.Country),
        new(21612, CarrierFault.Person, DeliveryReasons.Country),
        new(30007, CarrierFault.Ours, DeliveryReasons.Filtered),
        new(30022, CarrierFault.Carrier, DeliveryReasons.CarrierTrouble),
        new(30001, CarrierFault.Carrier, DeliveryReasons.CarrierTrouble),
        new(30002, CarrierFault.Ours, DeliveryReasons.CarrierTrouble),
        new(30008, CarrierFault.Carrier, DeliveryReasons.CarrierTrouble),
        new(30034, CarrierFault.Ours, DeliveryReasons.CarrierTrouble),
        new(63038, CarrierFault.Ours, DeliveryReasons.CarrierTrouble),
        new(63017, CarrierFault.Carrier, DeliveryReasons.CarrierTrouble),
        new(20429, CarrierFault.Carrier, DeliveryReasons.CarrierTrouble),
        new(21611, CarrierFault.Carrier, DeliveryReasons.CarrierTrouble),
        new(21606, CarrierFault.Ours, DeliveryReasons.CarrierTrouble),
        new(21212, CarrierFault.Ours, DeliveryReasons.CarrierTrouble),
        new(20003, CarrierFault.Ours, DeliveryReasons.CarrierTrouble),
    }.ToFrozenDictionary(code => code.Code);

    /// <summary>Everything in the table, by code.</summary>
    public static IReadOnlyDictionary<int, CarrierCode> All => table;

    /// <summary>A code that is not in the table is the carrier's trouble.</summary>
    public static CarrierCode Of(int code) => table.GetValueOrDefault(code) ?? new(code, CarrierFault.Carrier, DeliveryReasons.CarrierTrouble);
}
