namespace SupportBot.Benchmarks;

static class Program
{
    static void Main()
    {
    }
}
