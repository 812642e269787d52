namespace SupportBot.Knowledge.Storage;

/// <summary>Relative paths are meant from the folder that the command was typed in.</summary>
/// <remarks><c>dotnet run --project bot</c> starts the program in <c>bot/</c>; the shell's PWD still tells where the person was.</remarks>
public static class TypedFolder
{
    /// <summary>The full path.</summary>
    public static string Resolve(string path) => Path.GetFullPath(path, Current);

    static string Current
    {
        get
        {
            var working = Environment.CurrentDirectory;
            var typed = Environment.GetEnvironmentVariable("PWD");
            var movedByRun = Directory.EnumerateFiles(working, "*.csproj").Any();
            return movedByRun && typed is not null && Path.IsPathRooted(typed) && Directory.Exists(typed) ? typed : working;
        }
    }
}
