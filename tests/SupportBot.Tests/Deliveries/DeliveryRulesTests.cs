using FsCheck;
using FsCheck.Fluent;
using SupportBot.Knowledge.Deliveries;

namespace SupportBot.Tests.Deliveries;

public sealed class DeliveryRulesTests
{
    static readonly Arbitrary<DeliveryState[]> receipts = Gen.Elements(Enum.GetValues<DeliveryState>()).ArrayOf().ToArbitrary();

    [Fact]
    public void A_state_never_goes_back() => Prop.ForAll(receipts, sequence =>
    {
        var states = Through(sequence);
        return states.Zip(states.Skip(1)).All(pair => pair.Second >= pair.First);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_final_state_stays() => Prop.ForAll(receipts, sequence =>
    {
        var states = Through(sequence);
        return states.SkipWhile(state => !state.IsFinal()).Distinct().Count() <= 1;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_receipt_that_comes_twice_changes_nothing_more() => Prop.ForAll(receipts, sequence =>
        Through([.. sequence.SelectMany(receipt => new[] { receipt, receipt })])[^1] == Through(sequence)[^1]).QuickCheckThrowOnFailure();

    [Fact]
    public void Receipts_of_a_text_that_arrives_mean_the_same_in_every_order()
    {
        DeliveryState[] usual = [DeliveryState.Attempting, DeliveryState.Sent, DeliveryState.Delivered];

        Prop.ForAll(Gen.Shuffle(usual).ToArbitrary(), order => Through([.. order])[^1] == DeliveryState.Delivered).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(DeliveryState.Queued, false)]
    [InlineData(DeliveryState.Attempting, false)]
    [InlineData(DeliveryState.Unknown, false)]
    [InlineData(DeliveryState.Sent, false)]
    [InlineData(DeliveryState.Delivered, true)]
    [InlineData(DeliveryState.Undeliverable, true)]
    [InlineData(DeliveryState.Canceled, true)]
    public void What_is_final(DeliveryState state, bool isFinal) => Assert.Equal(isFinal, state.IsFinal());

    static List<DeliveryState> Through(DeliveryState[] sequence)
    {
        List<DeliveryState> states = [DeliveryState.Queued];
        foreach (var receipt in sequence)
        {
            states.Add(states[^1].After(receipt));
        }

        return states;
    }
}
