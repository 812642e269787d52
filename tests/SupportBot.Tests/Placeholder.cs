namespace SupportBot.Tests;
