using HmacFileServer.Settings;
using HmacFileServer.Slots;

namespace HmacFileServer.Tests.Slots.Schemes;

public sealed class SchemeNameTests
{
    [Fact]
    public void The_settings_know_every_scheme_and_no_other() =>
        SecuritySettings.SchemeNames.Should().BeEquivalentTo(SlotVerifier.Schemes.Select(scheme => scheme.Name));
}
