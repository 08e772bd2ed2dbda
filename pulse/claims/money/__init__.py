"""What is paid to whom: accounts of cost sharing, payments, the electronic answer to a provider."""
