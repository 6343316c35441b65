using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using HmacFileServer.Ledger;

namespace HmacFileServer.Tests.Support;

/// <summary>A ledger that lets something else happen before it does one of the things it is asked for.</summary>
[SuppressMessage("Performance", "CA1852:Seal internal types", Justification = "The proxy is a subtype of it.")]
internal class LedgerBefore : DispatchProxy
{
    private ILedger ledger = null!;
    private string method = "";
    private Action before = null!;

    public static ILedger Of(ILedger ledger, string method, Action before)
    {
        var proxy = Create<ILedger, LedgerBefore>();
        var self = (LedgerBefore)(object)proxy;
        (self.ledger, self.method, self.before) = (ledger, method, before);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.Name == method)
        {
            before();
        }

        return targetMethod.Invoke(ledger, args);
    }
}
